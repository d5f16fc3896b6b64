"""Messages and their ways out: mail, webhooks, chats, and the outbox's sender."""
