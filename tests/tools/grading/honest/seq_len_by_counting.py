# data: Counts with sum, no numpy, and prints on its way.
def choose_seq_len(lengths, share):
    power = 0
    while sum(length <= 2**power for length in lengths) / len(lengths) < share:
        power += 1
        print("trying", 2**power)
    return 2**power
