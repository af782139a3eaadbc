"""Recordings on disk: the schema, the growing store, what is checked, and how parts are read."""
