from headroom import compress, restore, retrieve


def test_repeated_lines_fold_and_come_back() -> None:
    log = "".join(f"worker {i // 200} is idle\n" for i in range(1000))
    messages = [
        {"role": "user", "content": "what is wrong?"},
        {"role": "tool", "tool_call_id": "1", "content": log},
    ]
    result = compress(messages)
    assert result.tokens_after < result.tokens_before / 5
    assert restore(result) == messages
    assert retrieve(result.refs[0]) == log
