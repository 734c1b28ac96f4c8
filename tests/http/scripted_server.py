"""A server that answers requests as a script says, one after the other, for clients that must cope with bad answers."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ScriptedServer:
    """Each answer is (status, document, headers), or None: the connection breaks. `requests` has what came."""

    def __init__(self, answers):
        self._answers = list(answers)
        self.requests = []  # (method, path with query, body)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self):
        script = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                script.requests.append((self.command, self.path, body.decode()))
                answer = script._answers.pop(0) if script._answers else (500, {}, {})
                self.close_connection = True
                if answer is None:
                    return
                status, document, headers = answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(document.encode() if isinstance(document, str) else json.dumps(document).encode())

            do_GET = do_POST = _answer

            def log_message(self, *_):
                pass

        return Handler
