"""The pages for people: one frame, templates, style and scripts, all served from here alone."""
