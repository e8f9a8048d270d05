"""What clients did: the calls of a session, how they broke the contract, and every way to ask about them."""
