"""The server under test: how it is reached, what it answered, what was created on it, what stands in the way."""
