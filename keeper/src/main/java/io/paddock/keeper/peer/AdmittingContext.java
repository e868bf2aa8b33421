package io.paddock.keeper.peer;

import java.security.KeyManagementException;
import java.security.SecureRandom;
import java.util.function.Consumer;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/**
 * A context that says who is about to begin a handshake. Java's HTTP server asks for the engine of a connection on the thread that will
 * serve it, before it reads anything; nothing else of it tells who a client is that early.
 */
final class AdmittingContext extends SSLContext {

    /** @param enters is told the client's address */
    AdmittingContext(SSLContext context, Consumer<String> enters) {
        super(new Admitting(context, enters), context.getProvider(), context.getProtocol());
    }

    private static final class Admitting extends SSLContextSpi {

        private final SSLContext context;
        private final Consumer<String> enters;

        Admitting(SSLContext context, Consumer<String> enters) {
            this.context = context;
            this.enters = enters;
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String address, int port) {
            enters.accept(address);
            return context.createSSLEngine(address, port);
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            throw new UnsupportedOperationException("it is not known for whom");
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trusted, SecureRandom random)
                throws KeyManagementException {
            throw new KeyManagementException("is initialized already");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return context.getSocketFactory();
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return context.getServerSocketFactory();
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return context.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return context.getClientSessionContext();
        }

        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            return context.getDefaultSSLParameters();
        }

        @Override
        protected SSLParameters engineGetSupportedSSLParameters() {
            return context.getSupportedSSLParameters();
        }
    }
}
