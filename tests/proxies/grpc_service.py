"""A gRPC service behind the proxies, and its client: answers with what it received under a name."""

from concurrent import futures

import grpc

METHOD = "/tasks.Tasks/Get"


class GrpcService:
    """Listens until it is stopped."""

    def __init__(self):
        def get(name, context):
            received = [value for key, value in context.invocation_metadata() if key == name.decode()]
            return repr(received).encode()

        handler = grpc.method_handlers_generic_handler("tasks.Tasks", {"Get": grpc.unary_unary_rpc_method_handler(get)})
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        self.server.add_generic_rpc_handlers([handler])
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def stop(self):
        self.server.stop(None)


def call(port, name, headers):
    """What the service received under this name, or the status of the refusal."""
    with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.enable_http_proxy", 0)]) as channel:
        method = channel.unary_unary(METHOD)
        try:
            return method(name.encode(), metadata=headers, timeout=30).decode()
        except grpc.RpcError as error:
            return error.code().name
