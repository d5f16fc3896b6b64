"""Deliveries: what is owed is rendered, sent by its channel, and marked."""
