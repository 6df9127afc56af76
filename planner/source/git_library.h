// libgit2 as a lifetime.
#pragma once

namespace cloudflow {

/// libgit2 works while one of these lives. Counted: every tree holds its own, and making a second is free.
class GitLibrary {
 public:
  GitLibrary();
  ~GitLibrary();
  GitLibrary(const GitLibrary&);
  GitLibrary& operator=(const GitLibrary&) = default;
};

}  // namespace cloudflow
