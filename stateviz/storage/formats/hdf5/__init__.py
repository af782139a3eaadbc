"""HDF5: its sets, a process of its own that opens them first, and the layouts that are read."""
