# The comment at the head of a file is the file's; one on its own line is that of what follows; one behind a declaration is
# the declaration's. Lines that stand in by three blanks are code.
1s,^// ,/// @file\n/// ,
/NOLINT/d
s,^( *)//   ( *[^ ]),\1///       \2,
s,^( *)//([^/]|$),\1///\2,
s,([;{}\,]) +// ,\1  ///< ,
