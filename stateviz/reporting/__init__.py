"""What composes several wings: orders with correlations, pictures with orders, the demonstration."""
