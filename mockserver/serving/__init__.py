"""The mock on a socket: its quick start, its banner, its life until somebody stops it."""
