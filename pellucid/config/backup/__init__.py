"""A backup is one folder: dump.pgdump, files.tar and manifest.json, which holds the checksum of everything."""
