"""What a rule observes with: records, scopes, states and calls that leave nothing behind."""
