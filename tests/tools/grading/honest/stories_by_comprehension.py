# data: One list comprehension, turned into a tensor at the end.
def concatenate_stories(stories, end_of_text):
    return torch.as_tensor([token for story in stories for token in (end_of_text, *story)], dtype=torch.long)
