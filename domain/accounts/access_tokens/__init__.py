"""Personal access tokens: what scripts sign in with, in one workspace, for a while."""
