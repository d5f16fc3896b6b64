"""Telling people: deliveries into messages, messages into channels."""
