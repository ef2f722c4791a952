"""What is told about a beat beside its samples: rhythm around it, what the rhythm says, its shape."""
