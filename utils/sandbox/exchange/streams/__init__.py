"""The WebSocket side: names, routes, sockets, and the engine that says what happened."""
