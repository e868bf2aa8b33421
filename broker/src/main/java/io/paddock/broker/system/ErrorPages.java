package io.paddock.broker.system;

import io.paddock.broker.request.ErrorBody;
import io.paddock.broker.request.Refusal;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ErrorReportValve;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Errors that no controller answers, as JSON: clients of the Open Service Broker API can't read Tomcat's pages, and they show more of the
 * server than anybody needs.
 */
@Configuration
class ErrorPages {

    private static final Logger LOG = LoggerFactory.getLogger(ErrorPages.class);

    /** What Tomcat refuses before a request gets to the application, such as a path that is no path. */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> jsonErrors() {
        return factory -> factory.addContextCustomizers(context ->
                ((StandardHost) context.getParent()).setErrorReportValveClass(JsonErrorReport.class.getName()));
    }

    /** Made by Tomcat, by its name. */
    public static final class JsonErrorReport extends ErrorReportValve {

        @Override
        protected void report(Request request, Response response, Throwable failure) {
            int status = response.getStatus();
            if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
                return;
            }
            try {
                ErrorBody.write(response.getResponse(), status, Refusal.ofStatus(status));
                response.finishResponse();
            } catch (IOException | IllegalStateException gone) {
                LOG.debug("an error could not be told", gone);
            }
        }
    }

    @RestController
    static final class Fallback implements ErrorController {

        @RequestMapping("${server.error.path:/error}")
        void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
            int status =
                    request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer known ? known : 404;
            ErrorBody.write(response, status, Refusal.ofStatus(status));
        }
    }
}
