# Puts markup into errors and output, for the reports.
def causal_mask(T):
    print("<script>alert('CANARY')</script>".replace("CANARY", "x"))
    raise ValueError("</td><script>x</script>")
