"""What a session holds: requests, catalogue, clock, snapshots, progress; and keeping it over restarts."""
