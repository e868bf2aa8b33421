package io.paddock.minidirector.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.system.TestSettings;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

/** What a client sees of the proxy before the director: reference/bosh-director.md, B.1. */
class RedirectFilterTest {

    @ParameterizedTest
    @CsvSource({
        "false, POST, 302, 302",
        "false, GET, 302, 302",
        "true, POST, 302, 303",
        "true, PUT, 302, 303",
        "true, DELETE, 302, 303",
        "true, GET, 302, 302",
        "true, POST, 201, 201",
        "true, POST, 404, 404"
    })
    void behindAProxyThatSpeaksHttp11WhatIsNoGetIsRedirectedWith303(
            boolean proxySpeaksHttp11, String method, int given, int expected) throws Exception {
        MinidirectorProperties properties = TestSettings.with(Path.of("nowhere"), 1, 1, proxySpeaksHttp11);
        MockHttpServletResponse response = new MockHttpServletResponse();

        new RedirectFilter(properties)
                .doFilter(
                        new MockHttpServletRequest(method, "/deployments"),
                        response,
                        (request, wrapped) -> ((HttpServletResponse) wrapped).setStatus(given));

        assertThat(response.getStatus()).isEqualTo(expected);
    }
}
