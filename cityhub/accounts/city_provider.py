"""The city's provider of identities (OpenID Connect), as the settings name it."""

from dataclasses import dataclass, field

from cityhub.accounts.city_claims import RoleRules, read_roles
from cityhub.config import Settings
from cityhub.errors import SettingsError


@dataclass(frozen=True, slots=True)
class CityProvider:
    """`client_secret`: empty for a client that is known by PKCE alone. `believed_factors`: values of `amr` or `acr`."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    rules: RoleRules
    believed_factors: frozenset[str]
    label: str

    @classmethod
    def of(cls, settings: Settings) -> "CityProvider | None":
        """None without CITYHUB_OIDC_ISSUER. Raises SettingsError where something is missing beside it."""
        if not settings.oidc_issuer:
            return None
        for name in ("oidc_client_id", "oidc_roles"):
            if not getattr(settings, name):
                raise SettingsError(
                    f"CITYHUB_{name.upper()} is not set: nobody could sign in by CITYHUB_OIDC_ISSUER"
                )
        return cls(
            settings.oidc_issuer,
            settings.oidc_client_id,
            settings.oidc_client_secret.get_secret_value(),
            settings.oidc_scope,
            RoleRules(settings.oidc_role_claim, read_roles(settings.oidc_roles)),
            frozenset(filter(None, (one.strip() for one in settings.oidc_second_factor.split(",")))),
            settings.oidc_label,
        )
