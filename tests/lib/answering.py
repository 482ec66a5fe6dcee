"""What servers of tests have in common."""

import http.server


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with a status and a body, and says nothing of it."""

    def log_message(self, *ignored):
        pass

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
