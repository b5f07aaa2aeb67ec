"""The dashboard: web pages whose scripts ask the public API for every number they show."""
