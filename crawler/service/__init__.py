"""The service: what runs when, in which process, and how it ends."""
