"""The base: the records that all sessions start from, in one file that is built once and kept in the user's cache."""
