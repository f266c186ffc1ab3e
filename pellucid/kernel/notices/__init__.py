"""What people are told: `notify(users, kind, ...)` in tell.py; kinds and channels are declared in declare.py; reading in selectors.py."""
