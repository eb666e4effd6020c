"""What a user can do, whatever the door: no HTTP, no SQL."""
