"""What proves who somebody is: sessions, refresh tokens, mail links, access tokens, codes."""
