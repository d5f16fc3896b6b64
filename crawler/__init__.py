"""What Letapis does: pure decisions in ``core``, everything Scrapy, runs, and the command line."""
