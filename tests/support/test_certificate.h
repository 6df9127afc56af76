// Certificates made on the spot, for servers and clients of tests.
#pragma once

#include <string>
#include <vector>

namespace cloudflow::testing {

/// PEM texts. Self-signed: the certificate is its own CA.
struct TestCertificate {
  std::string certificate{};
  std::string key{};
};

/// For a common name and the alternative names a server is reached by ("IP:127.0.0.1", "DNS:kubernetes").
TestCertificate make_certificate(const std::string& common_name, const std::vector<std::string>& names = {});

}  // namespace cloudflow::testing
