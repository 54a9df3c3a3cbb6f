"""Sign-in by the city's provider of identities: OpenID Connect, authorization code flow with PKCE."""
