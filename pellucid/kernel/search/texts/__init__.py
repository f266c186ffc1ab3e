"""What is written in files: read in a child process, kept beside the bytes, searched under the rights of the record that holds the file."""
