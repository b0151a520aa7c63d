"""The one door: every face reaches tools, people, proposals, loads and policies through here."""
