"""One module a family of commands: what each does once its arguments are read."""
