"""Which days were whole when they were loaded, and what earlier loads said that each cost."""
