"""What the soak is made of: customers who know what must be there, and the server's memory over time."""
