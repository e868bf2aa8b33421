package io.paddock.contracts.service;

import jakarta.servlet.ServletException;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Keeps a service there for its callers, whatever strangers do with connections. */
@Configuration
public class ConnectionLimits {

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> limits() {
        return factory -> {
            factory.setProtocol(Crowd.class.getName());
            factory.addContextValves(new UnreadBodies());
        };
    }

    /** Who is not known gets his answer at once: of his request's body nothing is read, and no thread waits for it. */
    private static final class UnreadBodies extends ValveBase {

        UnreadBodies() {
            super(true);
        }

        @Override
        public void invoke(Request request, Response response) throws IOException, ServletException {
            getNext().invoke(request, response);
            if (response.getStatus() == Response.SC_UNAUTHORIZED && hasBody(request)) {
                request.getCoyoteRequest().action(ActionCode.DISABLE_SWALLOW_INPUT, null);
            }
        }

        private static boolean hasBody(Request request) {
            return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
        }
    }
}
