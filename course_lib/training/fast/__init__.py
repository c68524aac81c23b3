"""What only makes training quicker: attention in blocks, products, number formats, compiling, memory."""
