"""What Letapis remembers: records, tables, the archive over them, and raw captures in WARC files."""
