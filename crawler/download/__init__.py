"""Fetching one address: guarded, limited, paced, and told exactly as it was."""
