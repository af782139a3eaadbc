"""The nouns every wing exchanges, and what they share; no algorithm lives here."""
