"""What ours is measured against, in processes of their own."""
