"""Pages too large for one file: a folder of index.html and a multiscale Zarr, and a server for it."""
