"""Every route, in the order in which they are tried."""

from fastapi import FastAPI

from api.hub import home_view
from api.keys import Keys
from api.receipt_forms import ReceiptForms
from api.routes import (
    account_pages,
    air_field,
    air_forecasts,
    air_pages,
    aqi,
    areas,
    corrections,
    data,
    data_pages,
    device_health,
    enforcement,
    flood_pages,
    flood_reports,
    inspect_pages,
    kinds,
    latest,
    live,
    observations,
    oidc_pages,
    ops_bulk_pages,
    ops_completeness_pages,
    ops_device_pages,
    ops_list_pages,
    ops_listening_pages,
    ops_live,
    ops_mapping_pages,
    ops_money_pages,
    ops_new_pages,
    ops_pages,
    ops_place_pages,
    ops_quarantine_pages,
    ops_reach_pages,
    ops_revenue_pages,
    ops_session_pages,
    ops_trail_pages,
    pages,
    parking_pages,
    parking_places,
    parking_sessions,
    payment_callbacks,
    payments,
    permit_pages,
    permits,
    policy_reports,
    quotes,
    rain,
    rain_pages,
    readiness,
    receipt_pages,
    receipts,
    resident_pages,
    revenue,
    rights,
    sample_pages,
    samples,
    sensors,
    session_pages,
    session_push,
    sign_in_pages,
    sms,
    submissions,
    water_pages,
    wqi,
)
from portal import Portal


def install(app: FastAPI, portal: Portal, keys: Keys) -> None:
    """All of them; what a page shows comes from the hub that the application has when it runs."""
    # The busiest first: routes are tried in order.
    latest.install(app)
    for noun in (latest, live, parking_places, quotes, parking_sessions, payments, payment_callbacks):
        app.include_router(noun.router)
    forms = ReceiptForms(portal)
    app.include_router(receipts.create_router(forms))
    for noun in (
        sensors,
        observations,
        corrections,
        device_health,
        submissions,
        rain,
        flood_reports,
        kinds,
        air_field,
        aqi,
        air_forecasts,
        data,
        areas,
        permits,
        rights,
        enforcement,
        revenue,
        samples,
        wqi,
        sms,
        session_push,
        ops_live,
        readiness,
    ):
        app.include_router(noun.router)
    app.include_router(pages.create_router(portal, lambda: home_view(app.state.hub)))
    app.include_router(sample_pages.create_router(portal, keys))
    # Permits stand before places, whose ids look alike.
    for page in (
        air_pages,
        rain_pages,
        flood_pages,
        water_pages,
        data_pages,
        resident_pages,
        permit_pages,
        parking_pages,
        session_pages,
        sign_in_pages,
        oidc_pages,
        account_pages,
        inspect_pages,
        ops_pages,
        ops_bulk_pages,
        ops_reach_pages,
        ops_completeness_pages,
        ops_device_pages,
        ops_listening_pages,
        ops_quarantine_pages,
        # Lists and places before devices that nobody registered, whose addresses look alike.
        ops_list_pages,
        ops_place_pages,
        ops_new_pages,
        ops_mapping_pages,
        ops_money_pages,
        ops_revenue_pages,
        ops_session_pages,
        ops_trail_pages,
    ):
        app.include_router(page.create_router(portal))
    app.include_router(policy_reports.create_router())
    app.include_router(receipt_pages.create_router(portal, forms))
