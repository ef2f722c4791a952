"""What figures are drawn with: marks, scales, style, times, and lines of bounded length."""
