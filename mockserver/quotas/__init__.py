"""Quotas: what one session, or one key, may take of a mock that many share."""
