"""Mock-ups: the finished thing as a picture."""
