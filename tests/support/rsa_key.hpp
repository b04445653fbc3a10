// A private key for tests; it opens nothing.
#pragma once

namespace orch::test {

inline constexpr auto rsa_key = "-----BEGIN PRIVATE KEY-----\n"
                                "MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAN0NXlXDHZoIprjh\n"
                                "k8RF+L+0KHov2AxYQy566X1JMgvzEDn00U5jFk3daBOsyW1XDnhLcP1FGpHcPpiP\n"
                                "TpqyHUQJqMG0VpRQATaRgKYOoWprK5OuurDFhQQFpYUFAetoKzWFf3KRi64+9Cd8\n"
                                "DDT+b2qmjseyBHx9uMZ17jbAmq69AgMBAAECgYAmCV/bKAjW8XgmxgIUOuoTqp9w\n"
                                "bv0hGqrsu4+j1E19SuTW5C6D637yBRAcmpXKb7l4r5qQqixpPtmyjK485jssoQ++\n"
                                "hdI+baYNxCHaON/nNlSKmbGX/+i9Lf5h9VM1PyyI1JO8Kk/RKpJehuzFU9pKz6S6\n"
                                "cPn+pyOsBLD+kPjCgQJBAPH88uYbF15hFg7t64edNDbdcf+E+dMfQjAeCP6pS1OO\n"
                                "pZyRRd55evDkC57d9e0ju8KC0ISkc/PsQLQmdmrCQeECQQDp2hUB1lOP7oy+mnv9\n"
                                "/WwRlAHOiGvuXNVokvMZOs5KjeWsCIOB4NZhb/71dssS2RK1eX8MxDi6x8wNzk5a\n"
                                "oMBdAkEA34ATEDhhYwgkiXFxonWtribljWzSGQ674Rk8kYjnS6tqhqsebxagWDEo\n"
                                "EnlLFNV2K3cLBBeoCNhiAoGryXrVwQJAFFMgAEjgemIBWY+Ttz+PZPe4MHsq5kyr\n"
                                "P6uF9WtnApPSomEbDO69szpIrozkmX7EYYFtyW5Ef/ddhNWpebb/AQJBAPBLa3VX\n"
                                "0zcO1xWHaDGJaH7Ifoa7iZRpswa3olw7jQlCi2oW+vK3P9yGfNQR8OPF/1I/7Oo0\n"
                                "PemmPbt5UIpIURU=\n"
                                "-----END PRIVATE KEY-----\n";

} // namespace orch::test
