"""The arguments that keep Chromium quiet and inside the network guard."""

from typing import Final

# Of two --disable-features Chromium takes the last: ours has to repeat all of Playwright's.
DISABLED_FEATURES: Final = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
    "msEdgeUpdateLaunchServicesPreferredVersion",
    "msForceBrowserSignIn",
    # Pages of the browser's own window, which nobody sees: a third of the work of a new context.
    "PreloadTopChromeWebUI",
    "WebUIOmniboxPopup",
)
_ARGUMENTS: Final = (
    "--headless=new",
    f"--disable-features={','.join(DISABLED_FEATURES)}",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-pings",
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--dns-prefetch-disable",
    # Names are resolved by the guard alone; the guard itself is reached by address.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    # Without a proxy that carries datagrams this leaves WebRTC no way to send any.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)


def list_arguments(guard_port: int, *, sandbox: bool) -> list[str]:
    """Command line arguments for a browser behind the guard."""
    arguments = [
        *_ARGUMENTS,
        f"--proxy-server=socks5://127.0.0.1:{guard_port}",
        # Loopback is no exception: without this Chromium would contact it directly.
        "--proxy-bypass-list=<-loopback>",
    ]
    return arguments if sandbox else [*arguments, "--no-sandbox"]
